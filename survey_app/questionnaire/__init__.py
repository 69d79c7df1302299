"""What is asked: the questionnaire file, its rules, the path of a respondent, forms and answers.

Pure: knows neither the Flask application nor the tables.
"""
